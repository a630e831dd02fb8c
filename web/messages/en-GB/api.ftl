# What only programs read.
error-json = This value does not fit: { $reason }.
error-date-iso = Give a real date as YYYY-MM-DD, such as 2026-03-27
error-parameter = This parameter does not fit: { $reason }
