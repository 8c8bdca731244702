use super::Value;
pub fn from_text(_t: &str) -> Result<Value, String> { Err(String::new()) }
pub fn to_text(_v: &Value) -> String { String::new() }
