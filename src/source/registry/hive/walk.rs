//! A walk through a hive along the paths that are asked for.

use super::super::data;
use super::super::path::{current_control_set, current_set};
use super::cells::Cells;
use super::key::{Key, Value};
use crate::source::{Node, Wanted};

/// Windows allows no deeper key.
const DEEPEST: usize = 512;
/// In a sound hive, no key or value takes fewer bytes than this: a walk of more steps goes in circles.
const LEAST: usize = 16;

pub struct Walk<'w> {
    cells: &'w Cells,
    /// Nothing is missing for certain.
    dirty: bool,
    wanted: &'w Wanted,
    tell: &'w mut dyn FnMut(Node<'_>),
    view: u32,
    /// How many more keys and values may be looked at.
    steps: usize,
    lost: u64,
}

impl<'w> Walk<'w> {
    pub fn new(cells: &'w Cells, dirty: bool, wanted: &'w Wanted, tell: &'w mut dyn FnMut(Node<'_>)) -> Self {
        let steps = cells.bytes().len() / LEAST;
        Self { cells, dirty, wanted, tell, view: 0, steps, lost: 0 }
    }

    /// How many keys, values and lists could not be read on the way.
    pub fn lost(&self) -> u64 {
        self.lost
    }

    /// Tells which control set the machine runs on, if this hive knows.
    pub fn current_set(&mut self, root: &Key<'w>, place: &str) {
        let Some(key) = root.child(self.cells, "Select", self.steps) else { return };
        let path = format!(r"{place}\Select");
        for value in key.values(self.cells, self.steps).found {
            let name = value.name();
            let Some(data) = value.data(self.cells).filter(|it| it.len() == 4) else { continue };
            if let Some(set) = current_set(&path, &name, &data::text(value.kind(), &data, false)) {
                (self.tell)(Node::Current(set));
            }
        }
    }

    /// Tells of a key that is wanted, and of what is below it as far as that is wanted too.
    pub fn key(&mut self, key: &Key<'w>, path: &str, depth: usize) {
        let told = self.enter(path);
        let lower = told.to_lowercase();
        if !self.wanted.paths.contains(&lower) || depth > DEEPEST {
            return;
        }
        (self.tell)(Node::Named(&told));
        if key.is_link() {
            return;
        }
        let mut lost = self.values(key, &told);
        let children = key.children(self.cells, self.steps);
        lost += children.lost;
        let below = self.wanted.below.contains(&lower);
        for child in &children.found {
            lost += self.child(child, path, below, depth);
        }
        self.lost += lost;
        let told = self.enter(path);
        let node = match (self.dirty || lost > 0, key.has_volatile()) {
            (true, _) => Node::Doubtful(&told),
            // The values are all here, but there were children that are not.
            (false, true) => Node::Valued(&told),
            (false, false) => Node::Covered(&told),
        };
        (self.tell)(node);
    }

    /// Tells of a child, and returns how much that belongs to the parent's answer could not be read.
    fn child(&mut self, child: &Key<'w>, path: &str, below: bool, depth: usize) -> u64 {
        let Some(name) = child.name().filter(|_| self.step(1)) else { return 1 };
        // A link to the control set in use: that one is told under its number.
        if child.is_link() && name.eq_ignore_ascii_case("CurrentControlSet") {
            return 0;
        }
        let path = format!(r"{path}\{name}");
        let told = self.enter(&path);
        (self.tell)(Node::Named(&told));
        let lost = if below { self.values(child, &told) } else { 0 };
        if self.wanted.paths.contains(&told.to_lowercase()) {
            self.key(child, &path, depth + 1);
        }
        lost
    }

    /// Tells the wanted values of a key, and returns how many could not be read.
    fn values(&mut self, key: &Key<'w>, told: &str) -> u64 {
        let all = self.wanted.whole.contains(&told.to_lowercase());
        if self.wanted.values.is_empty() && !all {
            return 0;
        }
        let values = key.values(self.cells, self.steps);
        let mut lost = values.lost;
        for value in &values.found {
            let name = value.name();
            if !self.step(1) {
                return lost + 1;
            }
            if all || self.wanted.values.contains(&name.to_lowercase()) {
                lost += self.value(value, &name, told);
            }
        }
        lost
    }

    fn value(&mut self, value: &Value<'w>, name: &str, key: &str) -> u64 {
        let data = value.data(self.cells);
        let Some(data) = data.filter(|it| self.step(it.len() / LEAST)) else { return 1 };
        (self.tell)(Node::Value { key, name, data: &data::text(value.kind(), &data, false) });
        0
    }

    fn step(&mut self, count: usize) -> bool {
        let left = self.steps.checked_sub(count);
        self.steps = left.unwrap_or_default();
        left.is_some()
    }

    /// The path of a key, told under its control set from here on.
    fn enter(&mut self, path: &str) -> String {
        let (view, told) = current_control_set(path);
        if view != self.view {
            self.view = view;
            (self.tell)(Node::View(view));
        }
        told
    }
}
