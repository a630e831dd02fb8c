//! The command line, as a person or a program meets it.

mod demo;
mod files;
mod guided;
mod health;
mod man;
mod packaged;
mod refusals;
mod seeded;
mod setup;
mod terminal;
mod variables;
