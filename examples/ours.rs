use std::io::Read;
fn main() {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).unwrap();
    for line in text.split('\n').filter(|l| !l.is_empty()) {
        let map = terrace::diag::SourceMap::default();
        let file = map.add(std::path::Path::new("x"), line.into());
        let (expr, faults) = terrace::hcl::parse::parse_expression(line, file);
        let out = match expr.filter(|_| faults.is_empty()) {
            None => "PARSE".to_owned(),
            Some(expr) => match terrace::hcl::eval::eval(&expr, &terrace::hcl::eval::Bare) {
                Ok(v) => terrace::hcl::json::render_json(&v).unwrap_or_else(|e| format!("UNK {e}")),
                Err(e) => format!("ERR {}", e.summary),
            },
        };
        println!("{out}");
    }
}
