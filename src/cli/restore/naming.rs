//! The address that people know, which the new machine gets.

use crate::{
    cli::{init::line, say},
    config::{Config, is_host_name, own_name},
    error::Result,
};

use super::service::{self, Service};

/// Gives the machine the address that people know, and starts the server.
pub fn begin(config: &Config, service: &Service) -> Result<()> {
    let own = own_name();
    let names = &config.names;
    // Where the settings say a name, that is the one.
    let name = if names.is_empty() || *names == [own.clone()] { name_machine(own)? } else { names[0].clone() };
    service.start()?;
    say(&format!("\nThe server runs. Sign in as before, at https://{name}"))?;
    say("Then look whether all is well, and whether backups are made: sudo hec doctor")
}

/// Asks for the address that people know, and has the machine have it. Gives the one that it has then.
fn name_machine(own: String) -> Result<String> {
    say(&format!(
        "\nPhones and computers look for the record at its old address, which stands on the sheet. Here it would be\n\
         https://{own}"
    ))?;
    loop {
        // No answer leaves it as it is, too: the server starts.
        let typed = line("The address on the sheet (Enter alone: go on with this one): ").unwrap_or_default();
        let typed = typed.trim().to_lowercase();
        let name = ["https://", "http://"].iter().find_map(|scheme| typed.strip_prefix(scheme)).unwrap_or(&typed);
        let name = name.split(['/', ':']).next().unwrap_or_default();
        let name = if name.is_empty() || name.contains('.') { name.to_owned() } else { format!("{name}.local") };
        match name.strip_suffix(".local") {
            _ if name.is_empty() || name == own => return Ok(own),
            Some(label) if is_host_name(label) && !label.contains('.') => match service::call_machine(label) {
                Ok(()) => return Ok(name),
                Err(error) => say(&format!("{error}."))?,
            },
            None if is_host_name(&name) => {
                say(&format!(
                    "That is a public name. Put names = [\"{name}\"] into /etc/hec/hec.toml, and what else stood \
                     there on the old machine;\nthen: sudo systemctl restart hec (README, chapter “Where to put it”)."
                ))?;
            }
            _ => say("That is no address, as https://hearth.local is one.")?,
        }
    }
}
