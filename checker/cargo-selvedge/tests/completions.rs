//! What shells are told to complete, as it is typed.

use std::process::{Command, Stdio};

fn script(shell: &str) -> String {
    let program = env!("CARGO_BIN_EXE_cargo-selvedge");
    let output = Command::new(program).args(["selvedge", "completions", shell]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// What bash offers for these words, of which the last is being typed.
fn offered(before: &str, words: &[&str]) -> Option<String> {
    let quoted: Vec<_> = words.iter().map(|word| format!("'{word}'")).collect();
    let line = format!(
        "{before}\n{}\nCOMP_WORDS=({}) COMP_CWORD={} COMPREPLY=()\n\
         _cargo_with_selvedge cargo '{}' '{}'\nprintf '%s\\n' \"${{COMPREPLY[@]}}\"",
        script("bash"),
        quoted.join(" "),
        words.len() - 1,
        words[words.len() - 1],
        words[words.len() - 2],
    );
    let output = Command::new("bash").args(["-c", &line]).stderr(Stdio::inherit()).output().ok()?;
    Some(String::from_utf8(output.stdout).unwrap())
}

#[test]
fn bash_completes_the_command_as_it_is_typed_and_leaves_cargos_own_to_cargo() {
    let cargo = "_cargo() { COMPREPLY=(of cargo); }; complete -F _cargo cargo";
    let Some(offers) = offered(cargo, &["cargo", "selvedge", "re"]) else {
        println!("skipped: there is no bash here");
        return;
    };
    let offers: Vec<_> = offers.split_whitespace().collect();
    assert!(
        offers.contains(&"replay") && offers.contains(&"render") && !offers.contains(&"test"),
        "{offers:?}"
    );
    let options = offered(cargo, &["cargo", "selvedge", "test", "--ju"]).unwrap();
    assert_eq!(options.trim(), "--junit");
    assert_eq!(offered(cargo, &["cargo", "bu"]).unwrap(), "of\ncargo\n");
    assert_eq!(offered("", &["cargo", "bu"]).unwrap(), "\n");
}

#[test]
fn each_shell_is_told_of_the_command() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(script(shell).contains("replay"), "{shell}");
    }
    assert!(script("zsh").contains("_cargo-selvedge()"), "cargo's completion asks for it");
    assert!(script("fish").contains("complete -c cargo"), "it is typed after cargo");
}
