//! The container of states.
use super::AzureStore;
use crate::state::error::StoreError;
use crate::state::store::{Bootstrap, Step};
use async_trait::async_trait;

#[async_trait]
impl Bootstrap for AzureStore {
    fn container(&self) -> String {
        format!("{}/{}", self.objects.session.place(), self.objects.container)
    }

    async fn survey(&self) -> Result<Vec<Step>, StoreError> {
        Ok(Vec::new())
    }

    async fn carry_out(&self, _: &Step) -> Result<(), StoreError> {
        Ok(())
    }

    async fn keeps_versions(&self) -> Result<bool, StoreError> {
        Ok(false)
    }
}
