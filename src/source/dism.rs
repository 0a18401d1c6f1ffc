//! dism.log: what DISM, and whoever uses its API, did to an image; in C:\Windows\Logs\DISM.

use super::servicing::Servicing;

pub static DISM: Servicing = Servicing {
    name: "dism",
    about: r"dism.log from C:\Windows\Logs\DISM",
    names: &["dism"],
    components: &["DISM"],
    nowhere_else: false,
    readiness: false,
};
