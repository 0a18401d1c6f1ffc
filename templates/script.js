// Comforts only: copy buttons on commands and on the reply, unfolding what a link leads into. The page is whole without them.
"use strict";

const make = (tag, properties, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};

// A page opened from disk may have no clipboard; then the command is selected, one key press away.
const copy = async (code) => {
  try {
    await navigator.clipboard.writeText(code.textContent);
    return "Copied";
  } catch {
    getSelection().selectAllChildren(code);
    return "Selected: press Ctrl+C";
  }
};

for (const command of document.querySelectorAll(".command")) {
  const caption = command.querySelector("figcaption");
  const said = make("span", { className: "said", role: "status" });
  const button = make("button", { type: "button", textContent: "Copy" });
  button.setAttribute("aria-label", `Copy: ${caption.textContent}`);
  let clearing;
  button.addEventListener("click", async () => {
    clearTimeout(clearing);
    said.textContent = await copy(command.querySelector("code"));
    clearing = setTimeout(() => { said.textContent = ""; }, 4000);
  });
  caption.append(said, button);
}

// A browser that does not unfold what a link leads into gets it done here.
const unfold = () => {
  let target = null;
  try {
    target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  } catch {
    return; // no anchor of ours
  }
  for (let at = target && target.closest("details"); at; at = at.parentElement.closest("details")) at.open = true;
  if (target) target.scrollIntoView();
};
addEventListener("hashchange", unfold);
if (location.hash) unfold();
