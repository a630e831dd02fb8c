# What only programs read.
error-json = This value does not fit: { $reason }.
error-parameter = This parameter does not fit: { $reason }
