//! A module whose state is in some backend, worked on by the real terraform alone.

use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use crate::emulators::Place;
use crate::space::TestSpace;

/// A folder with a module that creates so many resources and has outputs.
pub struct Module {
    pub space: TestSpace,
}

/// What terraform left.
pub struct Told {
    pub code: Option<i32>,
    pub text: String,
}

/// A terraform that was started.
pub struct Running(Child);

impl Running {
    pub fn ended(self) -> Told {
        Told::by(self.0.wait_with_output().expect("its end"))
    }

    /// `kill -9`.
    pub fn kill(mut self) {
        self.0.kill().expect("it is killed");
        self.0.wait().expect("it is gone");
    }
}

impl Told {
    fn by(output: Output) -> Self {
        let Output { status, stdout, stderr } = output;
        let text = format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
        // The frame of a fault would cut sentences.
        Self { code: status.code(), text: text.replace("│ ", "") }
    }

    #[track_caller]
    pub fn success(self) -> Self {
        assert_eq!(self.code, Some(0), "{}", self.text);
        self
    }

    #[track_caller]
    pub fn failure(self) -> Self {
        assert_ne!(self.code, Some(0), "{}", self.text);
        self
    }

    #[track_caller]
    pub fn says(self, texts: &[&str]) -> Self {
        for text in texts {
            assert!(self.text.contains(text), "wanted `{text}` in: {}", self.text);
        }
        self
    }
}

impl Module {
    /// The module with its backend, initialised.
    pub fn initialised(place: &Place, key: &str) -> Self {
        let this = Self::written(place, key);
        this.terraform(&["init"]).success();
        this
    }

    pub fn written(place: &Place, key: &str) -> Self {
        let mut space = TestSpace::new();
        for (name, value) in place.env() {
            space.set_env(name, value);
        }
        space.write("backend.tf.json", &place.backend_file(key)).write(
            "main.tf",
            "variable \"word\" {\n  default = \"first\"\n}\nresource \"terraform_data\" \"it\" {\n  input = var.word\n}\noutput \"word\" {\n  value = terraform_data.it.output\n}\n",
        );
        Self { space }
    }

    /// From now on an apply makes the first file and waits for the second.
    pub fn slow(&self, begun: &Path, go_on: &Path) {
        let command =
            format!("touch {}; until [ -e {} ]; do sleep 0.05; done", begun.display(), go_on.display());
        self.space.write(
            "slow.tf",
            &format!("resource \"terraform_data\" \"slow\" {{\n  provisioner \"local-exec\" {{\n    command = \"{command}\"\n  }}\n}}\n"),
        );
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = self.space.command("terraform", args);
        command.env("TF_IN_AUTOMATION", "1").env("TF_INPUT", "0").env("NO_COLOR", "1");
        command
    }

    /// Runs terraform without a question.
    pub fn terraform(&self, args: &[&str]) -> Told {
        Told::by(self.command(args).output().expect("terraform"))
    }

    /// Starts it and does not wait.
    pub fn spawn(&self, args: &[&str]) -> Running {
        let mut command = self.command(args);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Running(command.spawn().expect("terraform"))
    }

    pub fn apply(&self, word: &str) -> Told {
        self.terraform(&["apply", "-auto-approve", &format!("-var=word={word}")])
    }
}
