//! setupact.log and setuperr.log: what an upgrade or installation of Windows did, in its Panther folders.

use super::servicing::Servicing;

pub static SETUP: Servicing = Servicing {
    name: "setup",
    about: r"setupact.log and setuperr.log from C:\$WINDOWS.~BT\Sources\Panther and C:\Windows\Panther",
    names: &["setupact", "setuperr"],
    components: &["MOUPG", "SP", "MIG", "CONX", "IBS", "IBSLIB", "PANTHR", "IMAGE", "SYSPRP", "UI"],
    nowhere_else: true,
    readiness: false,
};
