//! The stable codes of faults: one line for each. A code is never given another meaning and never used again; a
//! fault that is no longer made keeps its line. `docs/errors/` has a page for each, which is part of the binary.

use std::fmt;

/// Makes the enum and its tables: name, id, one line of meaning; the page's file has the name of the id.
macro_rules! codes {
    ($($name:ident $id:literal $meaning:literal;)*) => {
        /// What kind of fault a diagnostic is about.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = $meaning] $name,)*
        }

        impl Code {
            /// Every code, in the order of this file.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// As users see it: `TRC0123`.
            #[must_use]
            pub fn id(self) -> &'static str {
                match self { $(Self::$name => $id,)* }
            }

            /// In one line.
            #[must_use]
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$name => $meaning,)* }
            }

            /// The page that explains it, in Markdown.
            #[must_use]
            pub fn page(self) -> &'static str {
                match self { $(Self::$name => include_str!(concat!("../../docs/errors/", $id, ".md")),)* }
            }
        }
    };
}

codes! {
    // 01: the text of a file cannot be read as HCL or JSON.
    UnexpectedToken "TRC0101" "something stands where it has no meaning";
    NeverClosed "TRC0102" "a bracket, a block, a text or a comment is never closed";
    StrayClosing "TRC0103" "a closing brace has no opening one";
    ForeignCharacter "TRC0104" "a character of another language";
    MergeConflict "TRC0105" "the marks of a merge conflict are still in the file";
    MalformedArgument "TRC0106" "an argument is not written as `name = value`";
    MissingValue "TRC0107" "an argument has no value";
    MalformedBlock "TRC0108" "a block is not written as `kind \"label\" { … }`";
    DuplicateArgument "TRC0109" "a name is set twice";
    MalformedObject "TRC0110" "an object is not written as `{ key = value }`";
    MalformedFor "TRC0111" "a `for` expression is not written as one";
    MalformedHeredoc "TRC0112" "a heredoc does not name the word that ends it";
    MalformedTemplate "TRC0113" "a `${ }` or `%{ }` of a text is not written as one";
    UnknownEscape "TRC0114" "a backslash in a text is followed by something else than an escape";
    MalformedNumber "TRC0115" "a number cannot be represented";
    NestedTooDeep "TRC0116" "something is nested too deep";
    MalformedJson "TRC0117" "a file is not written as JSON";
    MalformedChoice "TRC0118" "a choice is not written as `condition ? value : other`";

    // 02: an expression has no value.
    UnknownVariable "TRC0201" "there is no variable of this name";
    UnknownLocal "TRC0202" "there is no local of this name";
    UnknownFunction "TRC0203" "there is no function of this name";
    UnknownAttribute "TRC0204" "an object or a map has no attribute of this name";
    NullValue "TRC0205" "a value is null where that cannot be";
    NotIndexable "TRC0206" "an index does not fit what it is put on";
    IndexOutOfRange "TRC0207" "a list has no element of this number";
    WrongOperand "TRC0208" "an operator cannot work on a value of this type";
    Arithmetic "TRC0209" "a calculation has no result";
    WrongCondition "TRC0210" "a condition is neither true nor false";
    UnlikeResults "TRC0211" "the two results of a condition are of different types";
    NotText "TRC0212" "a value cannot become text";
    DuplicateKey "TRC0213" "two elements of a `for` have the same key";
    NotIterable "TRC0214" "something is no list, set or map to go over";
    FunctionRefused "TRC0215" "a function refuses what it was given";
    NothingWorked "TRC0216" "`try` has no expression that works, or `can` is called with several";
    LocalCycle "TRC0217" "a local needs itself";
    NotInTemplate "TRC0218" "a function cannot be called from a template";
    EnvironmentMissing "TRC0219" "an environment variable is not set";
    CommandFailed "TRC0220" "a program that `run_cmd` started has failed";
    TooMuch "TRC0260" "an expression makes more than can be worked with";

    // 03: what stands in a unit file, and what its members may be.
    UnknownArgument "TRC0301" "a block has no argument of this name";
    UnknownBlock "TRC0302" "there is no block of this name here";
    DuplicateBlock "TRC0303" "a block that may stand once stands twice";
    WrongLabels "TRC0304" "a block has a label too many or too few";
    MissingArgument "TRC0305" "a block lacks an argument that it needs";
    WrongType "TRC0306" "an argument has a value of another type or size";
    UnknownWord "TRC0307" "an argument takes one of a few words, and this is none of them";
    NotYetSupported "TRC0308" "this is understood, and not yet supported";
    NeededEarlier "TRC0309" "a value is needed before it can be known";
    GeneratedTwice "TRC0310" "two generate blocks have the same name";
    MalformedPattern "TRC0311" "a pattern is no regular expression";
    EmptyHook "TRC0312" "a hook names no program";
    WrongFlagValue "TRC0313" "a feature flag was given a value of another type";
    UnknownFeature "TRC0314" "there is no feature of this name";
    Deprecated "TRC0315" "this still works, and is about to go";

    // 04: files that a unit includes or reads.
    FileUnreadable "TRC0401" "a file cannot be read";
    IncludeUnreadable "TRC0402" "an included file cannot be read";
    NestedInclude "TRC0403" "an included file has includes of its own";
    SecondBareInclude "TRC0404" "two includes have no label";
    NoParentFile "TRC0405" "no folder above has a file of this name";
    IncludePath "TRC0406" "the path of an include is no path";
    NotExposed "TRC0407" "an include is used that is not exposed";
    UnknownInclude "TRC0408" "there is no include of this name";
    IncludeCycle "TRC0409" "an included file needs itself";
    ReadsItself "TRC0410" "a file reads itself";
    Unmergeable "TRC0411" "the unit and an included file cannot be merged";
    MemberNotExposed "TRC0412" "an included file has no member of this name";
    ValuesFile "TRC0413" "a file of values holds something else";

    // 05: dependencies and their outputs.
    PointsAtNoUnit "TRC0501" "a dependency points at no unit";
    UnknownDependency "TRC0502" "there is no dependency of this name";
    NoOutputs "TRC0503" "a dependency has no outputs to give";
    OutputsUnreadable "TRC0504" "the outputs of a dependency cannot be read";
    DependencyInputs "TRC0505" "the inputs of a dependency cannot be read";
    NeedsOwnOutputs "TRC0506" "a dependency needs its own outputs";
    DependencyPath "TRC0507" "the path of a dependency cannot be worked out";

    // 06: units, their graph, and the words that choose among them.
    Cycle "TRC0601" "units depend on each other in a circle";
    TreeUnreadable "TRC0602" "a folder of the tree cannot be read";
    FilterSyntax "TRC0603" "a filter cannot be understood";
    NoUnitHere "TRC0604" "there is no unit here";
    NoRepository "TRC0630" "what changed is asked for, and there is no git repository";
    UnknownReference "TRC0631" "git knows no such reference";
    NotOverChanges "TRC0632" "a command cannot run over what changed between git references";

    // 07: module sources, and versions of programs.
    UnusableSource "TRC0701" "a module source cannot be understood or used";
    VersionNotAllowed "TRC0702" "a version constraint does not allow the version that is there";
    MalformedConstraint "TRC0703" "a version constraint cannot be understood";
    NoVersion "TRC0704" "the version of a program cannot be found out";
    SourceUnreachable "TRC0730" "a module source cannot be fetched";
    BadArchive "TRC0731" "an archive is broken, or would unpack to where it must not";
    WrongChecksum "TRC0732" "a file is not the one that its checksum stands for";
    UnknownModule "TRC0733" "a registry does not have the module, or no version that is allowed";
    VersionExperiment "TRC0734" "`terraform.version` belongs to an experiment that is off";
    MalformedToolPin "TRC0740" "a file that pins terraform or OpenTofu does not name a version";

    // 08: what happens in a run and around it.
    TerraformFailed "TRC0801" "terraform failed in a unit";
    HookFailed "TRC0802" "the program of a hook failed";
    ProgramFailed "TRC0803" "the program that `exec` started failed";
    CredentialsCommand "TRC0830" "the credentials command did not help";
    NotDecrypted "TRC0831" "a file cannot be decrypted";
    AwsRefused "TRC0833" "AWS does not give the unit its role";
    LogTemplate "TRC0832" "the template of log lines cannot be understood";

    // 09: stacks.
    NoValues "TRC0901" "a unit uses `values`, and none are given to it";
    EmptyStack "TRC0902" "a stack file declares no unit and no stack";
    StackNameTaken "TRC0903" "two units or two stacks of a stack have the same name";
    StackPathTaken "TRC0904" "two members of a stack go to the same folder";
    StackPath "TRC0905" "the path of a unit or stack leaves the folder of its stack";
    GeneratesNoUnit "TRC0906" "a generated folder would lack the file that makes it a unit or a stack";
    StackSource "TRC0907" "the source of a unit or stack cannot be fetched";
    EndlessStack "TRC0908" "a stack generates itself";
    UnknownMember "TRC0909" "a stack has no unit or stack of this name";
    AutoincludeMember "TRC0910" "an autoinclude block has a member that it cannot have";
    Expansion "TRC0911" "a block cannot be expanded";
    NotGenerated "TRC0912" "a unit of a stack is not generated";
    LeftOver "TRC0913" "a generated unit is no longer part of its stack";
    StackInclude "TRC0914" "a file that a stack includes holds more than units and stacks";
    StackUnwritable "TRC0915" "a generated folder cannot be written";

    LacksModule "TRC0930" "scaffold is not told which module";
    FileInTheWay "TRC0931" "a file that would be written is there already";
    Templates "TRC0932" "templates of Boilerplate are not run";
    NoCatalog "TRC0933" "no repository is named to look through";

    // 10: the command line and the environment.
    UnknownFlag "TRC1001" "there is no flag of this name";
    UnknownCommand "TRC1002" "there is no command of this name";
    LacksValue "TRC1003" "a flag lacks its value";
    WrongValue "TRC1004" "a flag or a variable has a value that it does not take";
    Exclusive "TRC1005" "two flags exclude each other";
    GivenTwice "TRC1006" "a flag is given more than once";
    IsExperiment "TRC1007" "a flag belongs to an experiment that is off";
    UnknownControl "TRC1008" "there is no strict control or experiment of this name";
    LacksCommand "TRC1009" "a command lacks the command that it is to run";
    NotForMany "TRC1010" "a command cannot run over many units";
    CommandNotYet "TRC1011" "a command or a flag is not yet supported";
    NoAnswer "TRC1012" "a question got no answer";
    MissingInput "TRC1030" "a variable of the module gets no value";
    UnusedInput "TRC1031" "a value is given that no variable of the module takes";
    Unformatted "TRC1032" "a file is not in the usual layout";
    FormerSpelling "TRC1033" "a command or a flag is written as in former versions of Terragrunt";
    FilterNeedsUnits "TRC1034" "a filter asks for more than a command looks at";
    LacksFlag "TRC1035" "a flag means nothing without another one";
    FileUnwritable "TRC1036" "a file cannot be written";
    NotInCommit "TRC1037" "a file that a unit needs is not part of the commit";

    // 12: lock files, and packages of providers.
    LockEntry "TRC1201" "a lock file is not written as terraform writes it";
    LockTwice "TRC1202" "a provider is locked twice";
    LockHash "TRC1203" "a hash of a lock file cannot be that of any package";
    LockOutgrown "TRC1204" "a locked version is not one that the code allows";
    ConstraintsClash "TRC1205" "no version of a provider meets all constraints on it";
    ModuleNotHere "TRC1206" "a called module is not on this machine, so that nobody knows what it needs";
    NoPackage "TRC1207" "a package of a provider is not where it was looked for";
    BadPackage "TRC1208" "a package of a provider is damaged, or would land outside of its folder";
    PackageUnvouched "TRC1209" "no recorded hash vouches for a package of a provider";
    ConstraintFixed "TRC1211" "a constraint cannot be moved to the version that is asked for";
    ToolSettings "TRC1212" "a settings file of terraform itself is missing or not understood";
    PackageTampered "TRC1210" "a package of a provider is not the one that was locked";

    // 13: pins.
    NotPinned "TRC1301" "something is not pinned as its environment demands";
}

impl Code {
    /// The code that a user wrote, in any case: `TRC0123`, `trc0123`.
    #[must_use]
    pub fn find(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.id().eq_ignore_ascii_case(text))
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}
