# The page of a store that is locked.

title-unlock = HEC is locked
unlock-heading = HEC is locked
unlock-text = The record is encrypted, and after each start somebody has to unlock it. Nothing is lost.
unlock-label = Passphrase or recovery code
unlock-hint = The passphrase was chosen when HEC was installed. The recovery code is on paper: eight groups of letters and digits.
unlock-button = Unlock
unlock-empty = Type the passphrase or the recovery code
unlock-wrong = That does not unlock it. Check for capitals and spaces, and try again
unlock-wait =
    { $seconds ->
        [one] There were several wrong tries. Wait one second, then try again
       *[other] There were several wrong tries. Wait { $seconds } seconds, then try again
    }
