//! Logins of a `.netrc` file. Pure; what is odd in the file is passed over.

use reqwest::Url;

/// The logins of a file, in order.
#[derive(Default)]
pub(super) struct Netrc(Vec<Entry>);

#[derive(Default)]
struct Entry {
    /// `None`: every host, `default` in the file.
    host: Option<String>,
    login: String,
    password: String,
}

/// Says nothing of what is inside.
impl std::fmt::Debug for Netrc {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Netrc({} logins)", self.0.len())
    }
}

impl Netrc {
    pub fn parse(text: &str) -> Self {
        let mut entries: Vec<Entry> = Vec::new();
        let without_comments = text.lines().filter(|line| !line.trim_start().starts_with('#'));
        let text = without_macros(without_comments);
        let mut words = text.split_whitespace();
        while let Some(word) = words.next() {
            match word {
                "machine" => {
                    let host = words.next().map(str::to_owned);
                    entries.push(Entry { host, ..Entry::default() });
                }
                "default" => entries.push(Entry::default()),
                "login" | "password" | "account" => {
                    let value = words.next().unwrap_or_default().to_owned();
                    match (entries.last_mut(), word) {
                        (Some(entry), "login") => entry.login = value,
                        (Some(entry), "password") => entry.password = value,
                        _ => {}
                    }
                }
                _ => {}
            }
        }
        Self(entries)
    }

    /// The login for this URL's host.
    pub fn login(&self, url: &Url) -> Option<(&str, &str)> {
        let host = url.host_str()?;
        let with_port = url.port().map(|port| format!("{host}:{port}"));
        let fits = |entry: &&Entry| match &entry.host {
            Some(name) => name == host || with_port.as_ref() == Some(name),
            None => true,
        };
        self.0.iter().find(fits).map(|entry| (entry.login.as_str(), entry.password.as_str()))
    }
}

/// A macro reaches to the next empty line.
fn without_macros<'a>(lines: impl Iterator<Item = &'a str>) -> String {
    let mut kept = String::new();
    let mut in_macro = false;
    for line in lines {
        in_macro = line.trim_start().starts_with("macdef") || in_macro && !line.trim().is_empty();
        if !in_macro {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::Netrc;
    use reqwest::Url;

    #[test]
    fn the_first_login_that_fits_is_taken() {
        let netrc = Netrc::parse(
            "# machine a login no\nmachine a login u password p\nmacdef init\nmachine b login wrong\n\n\
             machine b\n  login v\n  password q\nmachine c:81 login w password r\ndefault login d password e\n",
        );
        for (url, want) in [
            ("https://a/x", ("u", "p")),
            ("https://a:8443/x", ("u", "p")),
            ("http://b", ("v", "q")),
            ("http://c:81", ("w", "r")),
            ("http://c", ("d", "e")),
        ] {
            assert_eq!(netrc.login(&Url::parse(url).unwrap()), Some(want), "{url}");
        }
        assert_eq!(Netrc::parse("login x").login(&Url::parse("http://a").unwrap()), None);
    }
}
