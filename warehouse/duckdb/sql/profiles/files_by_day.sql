-- A row is the loaded files of one stream that landed on one day, and their lines.
SELECT left(landed_on, 10)::DATE AS landed_day, stream, count(*) AS files, sum(lines)::BIGINT AS lines
FROM ledger_file
WHERE state = 'loaded' AND left(landed_on, 10)::DATE BETWEEN $first AND least($day::DATE, $known_as_of::DATE)
GROUP BY ALL
ORDER BY ALL
