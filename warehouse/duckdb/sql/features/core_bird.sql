-- A row is one bird that is known from any stream at the end of $day, as known at $known_as_of.
-- Windows end, exclusive, with $day; the past month is 30 days, so that every night counts over the same length.
WITH moment AS (
    SELECT
        $day::DATE + INTERVAL 1 DAY AS until,
        $day::DATE + INTERVAL 1 DAY - INTERVAL 30 DAYS AS month_ago,
        $day::DATE + INTERVAL 1 DAY - INTERVAL 28 DAYS AS weeks_ago
),
joined AS (
    SELECT * FROM (
        SELECT bird_id, joined_at, geo
        FROM raw_bird
        JOIN landed_file USING (file_id)
        JOIN ledger_file USING (path, sha256)
        WHERE raw_bird.landed_day <= $known_as_of AND NOT duplicate
        QUALIFY row_number() OVER (PARTITION BY bird_id ORDER BY landed_on DESC, path DESC, line_number DESC) = 1
    )
    WHERE joined_at < (SELECT until FROM moment)
),
posted AS (
    SELECT * FROM (
        SELECT flit_id, bird_id, posted_at
        FROM counted_flit
        JOIN landed_file USING (file_id)
        JOIN ledger_file USING (path, sha256)
        WHERE counted_flit.landed_day <= $known_as_of AND NOT duplicate
        QUALIFY row_number() OVER (PARTITION BY flit_id ORDER BY landed_on DESC, path DESC, line_number DESC) = 1
    )
    WHERE posted_at < (SELECT until FROM moment)
),
acted AS (
    SELECT bird_id, flit_id, kind, occurred_at
    FROM counted_interaction
    WHERE landed_day <= $known_as_of AND occurred_at < (SELECT until FROM moment) AND NOT duplicate
),
related AS (
    SELECT bird_id, followee_id
    FROM counted_follow
    WHERE landed_day <= $known_as_of AND occurred_at < (SELECT until FROM moment) AND NOT duplicate
),
known AS (
    SELECT bird_id FROM joined
    UNION SELECT bird_id FROM posted
    UNION SELECT bird_id FROM acted
    UNION SELECT bird_id FROM related
    UNION SELECT followee_id FROM related
),
posts AS (
    SELECT
        bird_id,
        count(*) FILTER (posted_at >= month_ago) AS month,
        count(*) FILTER (posted_at >= weeks_ago) AS weeks,
        max(posted_at)::DATE AS last_on
    FROM posted, moment
    GROUP BY bird_id
),
acts AS (
    SELECT
        bird_id,
        count(DISTINCT flit_id) FILTER (kind = 'click') AS clicked,
        count(*) FILTER (kind = 'like') AS likes,
        count(*) FILTER (occurred_at >= weeks_ago) AS weeks
    FROM acted, moment
    WHERE occurred_at >= month_ago
    GROUP BY bird_id
)
SELECT
    $day::DATE AS day,
    bird_id,
    coalesce(posts.month, 0) AS bird_posts,
    coalesce(acts.clicked, 0) AS bird_clicks,
    joined.geo AS bird_geo,
    coalesce(acts.likes, 0) AS bird_likes,
    $day::DATE - posts.last_on AS days_since_post,
    coalesce(posts.weeks, 0) AS posts_4w,
    coalesce(acts.weeks, 0) AS interactions_4w,
    $day::DATE - joined.joined_at::DATE AS account_age_days
FROM known
LEFT JOIN joined USING (bird_id)
LEFT JOIN posts USING (bird_id)
LEFT JOIN acts USING (bird_id)
