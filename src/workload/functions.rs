//! The functions of a workload, which a trace extends while it is read.

use rustc_hash::FxHashMap;

use super::FunctionInfo;
use crate::ids::FunctionId;
use crate::units::Size;

/// Functions by dense id and by name. Starts with those the scenario declares.
#[derive(Clone, Debug, Default)]
pub struct FunctionTable {
    functions: Vec<FunctionInfo>,
    ids: FxHashMap<String, FunctionId>,
}

impl FunctionTable {
    pub fn new(declared: Vec<FunctionInfo>) -> Self {
        let ids =
            declared.iter().enumerate().map(|(index, info)| (info.name.clone(), FunctionId::new(index))).collect();
        Self { functions: declared, ids }
    }

    /// The function of this name and application (empty: none), which becomes known if it was not. The first mention
    /// decides on the memory.
    pub fn id_of(&mut self, function: &str, app: &str, memory: Option<Size>) -> FunctionId {
        let name = if app.is_empty() { function.to_owned() } else { format!("{app}/{function}") };
        if let Some(id) = self.ids.get(&name) {
            return *id;
        }
        let id = FunctionId::new(self.functions.len());
        let app = if app.is_empty() { name.clone() } else { app.to_owned() };
        self.functions.push(FunctionInfo { name: name.clone(), app, memory });
        self.ids.insert(name, id);
        id
    }

    pub fn find(&self, name: &str) -> Option<FunctionId> {
        self.ids.get(name).copied()
    }

    pub fn len(&self) -> usize {
        self.functions.len()
    }

    pub fn is_empty(&self) -> bool {
        self.functions.is_empty()
    }

    pub fn as_slice(&self) -> &[FunctionInfo] {
        &self.functions
    }

    pub fn into_functions(self) -> Vec<FunctionInfo> {
        self.functions
    }
}

impl std::ops::Index<FunctionId> for FunctionTable {
    type Output = FunctionInfo;

    fn index(&self, id: FunctionId) -> &FunctionInfo {
        &self.functions[id.index()]
    }
}
