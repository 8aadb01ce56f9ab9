-- A row is a ledger entry whose lines are not all accounted for, or that counts lines of a file that was refused.
-- $days: days on which files landed, to look at.
SELECT path, sha256, state, lines, accepted, duplicates, conflicts, quarantined, left_out, erased, blank
FROM ledger_file
WHERE list_contains($days::DATE[], left(landed_on, 10)::DATE) AND (
    lines <> accepted + duplicates + conflicts + quarantined + left_out + erased + blank
    OR least(lines, accepted, duplicates, conflicts, quarantined, left_out, erased, blank) < 0
    OR (state = 'refused' AND (lines > 0 OR reason IS NULL))
)
ORDER BY path, sha256
