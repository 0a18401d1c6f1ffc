//! CBS.log and CbsPersist_*.log: the log of Component Based Servicing, in C:\Windows\Logs\CBS; and CheckSUR.log
//! beside it, which the System Update Readiness Tool wrote on Windows 7.

use super::servicing::Servicing;

pub static CBS: Servicing = Servicing {
    name: "cbs",
    about: r"CBS.log and CbsPersist_*.log from C:\Windows\Logs\CBS",
    names: &["cbs", "checksur"],
    components: &["CBS", "CSI", "DPX", "SXS", "CMI", "DEPLOY", "PSFX"],
    nowhere_else: false,
    readiness: true,
};
