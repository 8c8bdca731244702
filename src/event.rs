//! The bus between run and report: data only.
