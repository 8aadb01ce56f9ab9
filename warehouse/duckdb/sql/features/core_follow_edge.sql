-- A row is one follow or unfollow, in the partition of the day on which its line landed.
-- $days: landed days to compute.
SELECT landed_day AS day, bird_id, followee_id, occurred_at, event_id, action = 'follow' AS follows
FROM counted_follow
WHERE landed_day IN (SELECT unnest($days::DATE[])) AND NOT duplicate
