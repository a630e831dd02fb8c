//! What is told of an instance: to its operator, to Prometheus, in the log, to somebody who helps; and what is not.

mod admin;
mod doctor;
mod figures;
mod silence;
