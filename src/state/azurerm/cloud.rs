//! Where an account, its directory and its management are: by the cloud's name, or as a metadata service tells.

use super::config::CloudName;
use crate::state::error::{StoreError, said};
use reqwest::Url;
use serde_json::Value as Json;

/// The addresses of a cloud.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cloud {
    /// `https://login.microsoftonline.com`.
    pub login: String,
    /// `https://management.azure.com`.
    pub management: String,
    /// Whom a token for management is for.
    pub audience: String,
    /// `core.windows.net`.
    pub storage: String,
}

/// A cloud whose addresses everybody knows.
#[must_use]
pub fn known(name: &str) -> Option<Cloud> {
    let (login, management, storage) = match name {
        "public" | "azurecloud" | "azurepublic" | "azurepubliccloud" => {
            ("login.microsoftonline.com", "management.azure.com", "core.windows.net")
        }
        "usgovernment"
        | "usgovernmentl4"
        | "usgovernmentl5"
        | "azureusgovernment"
        | "azureusgovernmentcloud" => {
            ("login.microsoftonline.us", "management.usgovcloudapi.net", "core.usgovcloudapi.net")
        }
        "china" | "azurechina" | "azurechinacloud" => {
            ("login.chinacloudapi.cn", "management.chinacloudapi.cn", "core.chinacloudapi.cn")
        }
        _ => return None,
    };
    Some(Cloud {
        login: format!("https://{login}"),
        management: format!("https://{management}"),
        audience: format!("https://{management}"),
        storage: storage.to_owned(),
    })
}

/// The addresses of a cloud, asked for where only its metadata service knows them.
///
/// # Errors
/// When nobody knows the cloud or the service does not tell.
pub async fn find(name: &CloudName, client: &reqwest::Client) -> Result<Cloud, StoreError> {
    match name {
        CloudName::Named(name) => known(name).ok_or_else(|| StoreError::Refused {
            place: "azurerm".to_owned(),
            status: 0,
            said: said(&format!("`{name}` is no cloud that is known by its name; set `metadata_host`")),
        }),
        CloudName::Told { host, name } => {
            let address = format!("https://{host}/metadata/endpoints?api-version=2022-09-01");
            let unavailable = |text: String| StoreError::Unavailable {
                place: format!("https://{host}"),
                said: said(&text),
            };
            let text = ask(client, &address).await.map_err(unavailable)?;
            told(&text, name).ok_or_else(|| unavailable("it tells of no cloud's storage".to_owned()))
        }
    }
}

async fn ask(client: &reqwest::Client, address: &str) -> Result<String, String> {
    let plain = |error: reqwest::Error| crate::host::http::innermost(&error.without_url());
    let answer = client.get(address).header("accept", "application/json").send().await.map_err(plain)?;
    let status = answer.status();
    let text = answer.text().await.map_err(plain)?;
    if status.is_success() { Ok(text) } else { Err(format!("it answers with status {}", status.as_u16())) }
}

/// One cloud, or the one of this name among several.
fn told(text: &str, name: &str) -> Option<Cloud> {
    let document: Json = serde_json::from_str(text).ok()?;
    let cloud = match &document {
        Json::Array(clouds) => clouds.iter().find(|cloud| is_called(cloud, name)).or(clouds.first())?,
        cloud => cloud,
    };
    let text = |value: &Json| value.as_str().map(|text| text.trim_end_matches('/').to_owned());
    let about = &cloud["authentication"];
    let management = text(&cloud["resourceManager"])?;
    Some(Cloud {
        login: text(&about["loginEndpoint"])?,
        audience: text(&about["audiences"][0]).unwrap_or_else(|| management.clone()),
        management,
        storage: text(&cloud["suffixes"]["storage"])?,
    })
}

fn is_called(cloud: &Json, name: &str) -> bool {
    let called = cloud["name"].as_str().map(str::to_ascii_lowercase).unwrap_or_default();
    called == name || known(name).is_some_and(|wanted| known(&called) == Some(wanted))
}

impl Cloud {
    /// The address of an account's blobs.
    #[must_use]
    pub fn blobs(&self, account: &str) -> Option<Url> {
        Url::parse(&format!("https://{account}.blob.{}/", self.storage)).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::{known, told};

    #[test]
    fn clouds_go_by_the_names_that_terraform_knows() {
        let blobs = |name: &str| known(name).and_then(|cloud| cloud.blobs("acct")).map(String::from);
        assert_eq!(blobs("public").as_deref(), Some("https://acct.blob.core.windows.net/"));
        assert_eq!(blobs("usgovernment").as_deref(), Some("https://acct.blob.core.usgovcloudapi.net/"));
        assert_eq!(blobs("china").as_deref(), Some("https://acct.blob.core.chinacloudapi.cn/"));
        assert_eq!(blobs("mars"), None);
    }

    #[test]
    fn a_metadata_service_tells_of_one_cloud_or_of_several() {
        let one = r#"{"name": "Mine", "authentication": {"loginEndpoint": "https://l/", "audiences": ["https://a/"]},
            "resourceManager": "https://m/", "suffixes": {"storage": "local:1"}}"#;
        let cloud = told(one, "public").unwrap();
        assert_eq!((cloud.login.as_str(), cloud.management.as_str()), ("https://l", "https://m"));
        assert_eq!((cloud.audience.as_str(), cloud.storage.as_str()), ("https://a", "local:1"));
        let other = one.replace("Mine", "AzureChinaCloud").replace("local:1", "china:1");
        assert_eq!(told(&format!("[{one}, {other}]"), "china").unwrap().storage, "china:1");
        assert_eq!(told("{}", "public"), None);
    }
}
