//! One folder of code: what its files say together, override files last.

use super::file::{
    BackendBlock, CodeFile, ModuleCall, ProviderBlock, ProviderUse, RequiredProvider, Said, UseKind,
};
use super::names::is_override;
use crate::diag::Diagnostics;
use std::path::{Path, PathBuf};

/// What the code of a folder says.
#[derive(Clone, Debug, Default)]
pub struct Module {
    /// Absolute and clean.
    pub dir: PathBuf,
    /// The files that count, generated ones among them.
    pub files: Vec<PathBuf>,
    pub required_versions: Vec<Said>,
    /// By file, then as written. A name stands twice if two files that override nothing both have it.
    pub required_providers: Vec<RequiredProvider>,
    pub provider_blocks: Vec<ProviderBlock>,
    pub calls: Vec<ModuleCall>,
    pub uses: Vec<ProviderUse>,
    pub backend: Option<BackendBlock>,
    /// Files that cannot be read or parsed: with them, nothing can be said about what the module lacks.
    pub faults: Diagnostics,
}

impl Module {
    pub(super) fn of_files<'a>(dir: &Path, files: impl IntoIterator<Item = &'a CodeFile>) -> Self {
        let mut module = Self { dir: dir.to_path_buf(), ..Self::default() };
        for file in files {
            module.files.push(file.path.clone());
            module.faults.extend(file.faults.iter().cloned());
            let name = file.path.file_name().unwrap_or_default().to_string_lossy();
            if is_override(&name) { module.override_with(file) } else { module.add(file) }
        }
        module
    }

    fn add(&mut self, file: &CodeFile) {
        self.required_versions.extend_from_slice(&file.required_versions);
        self.required_providers.extend_from_slice(&file.required_providers);
        self.provider_blocks.extend_from_slice(&file.provider_blocks);
        self.calls.extend_from_slice(&file.calls);
        self.uses.extend_from_slice(&file.uses);
        self.backend = self.backend.take().or_else(|| file.backend.clone());
    }

    /// What a file of overrides says goes in the place of what was said of the same thing, argument by argument;
    /// an entry of `required_providers` is replaced whole, and so are all versions of terraform together.
    fn override_with(&mut self, file: &CodeFile) {
        if !file.required_versions.is_empty() {
            self.required_versions.clone_from(&file.required_versions);
        }
        let names: Vec<_> = file.required_providers.iter().map(|provider| &provider.name.name).collect();
        self.required_providers.retain(|provider| !names.contains(&&provider.name.name));
        self.required_providers.extend_from_slice(&file.required_providers);
        file.provider_blocks.iter().for_each(|block| self.override_provider(block));
        file.calls.iter().for_each(|call| self.override_call(call));
        file.uses.iter().for_each(|used| self.override_use(used));
        self.backend = file.backend.clone().or_else(|| self.backend.take());
    }

    fn override_provider(&mut self, new: &ProviderBlock) {
        let text = |alias: &Option<Said>| alias.as_ref().and_then(|alias| alias.text.clone());
        let is_same =
            |old: &&mut ProviderBlock| old.name.name == new.name.name && text(&old.alias) == text(&new.alias);
        match self.provider_blocks.iter_mut().find(is_same) {
            Some(old) if new.version.is_some() => {
                old.version.clone_from(&new.version);
                old.version_attribute = new.version_attribute;
            }
            Some(_) => {}
            None => self.provider_blocks.push(new.clone()),
        }
    }

    fn override_call(&mut self, new: &ModuleCall) {
        match self.calls.iter_mut().find(|old| old.name.name == new.name.name) {
            Some(old) => {
                old.source = new.source.clone().or_else(|| old.source.take());
                old.version = new.version.clone().or_else(|| old.version.take());
            }
            None => self.calls.push(new.clone()),
        }
    }

    /// A resource that is only changed in other ways keeps the provider that it had.
    fn override_use(&mut self, new: &ProviderUse) {
        let old = self.uses.iter_mut().find(|old| new.owner.is_some() && old.owner == new.owner);
        match (old, new.kind) {
            (Some(_), UseKind::Implied) => {}
            (Some(old), _) => *old = new.clone(),
            (None, _) => self.uses.push(new.clone()),
        }
    }

    /// Whether all of its files were understood.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.faults.is_empty()
    }

    /// The entries of `required_providers` for a name; usually one.
    pub fn required<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a RequiredProvider> {
        self.required_providers.iter().filter(move |provider| &*provider.name.name == name)
    }
}
