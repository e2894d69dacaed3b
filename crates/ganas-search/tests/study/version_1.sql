-- A study of local search that a program of version 0.1.0 kept, killed in its first round: three
-- architectures were known, trial 1 had come back, trials 0 and 2 were being evaluated.

PRAGMA application_id = 0x67616e61;
CREATE TABLE migrations (
    version INTEGER PRIMARY KEY,
    program TEXT NOT NULL,            -- version of the program that made it
    at REAL NOT NULL                  -- seconds since 1970
) STRICT;
CREATE TABLE study (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    program TEXT NOT NULL,            -- version of the program that began the study
    space TEXT NOT NULL,              -- name of the search space
    fingerprint TEXT NOT NULL,        -- hash of the search space
    strategy TEXT NOT NULL,
    seed INTEGER NOT NULL,
    budget INTEGER NOT NULL,
    minimise INTEGER NOT NULL,
    configuration TEXT NOT NULL,      -- whatever is needed to go on
    began REAL NOT NULL,
    stop_reason TEXT                  -- null until the study ended
) STRICT;
CREATE TABLE trials (
    id INTEGER PRIMARY KEY,           -- in the order asked, from 0; known ones below 0
    round INTEGER NOT NULL,           -- -1 for what was known before
    arch TEXT NOT NULL,               -- the space's own notation
    choices BLOB NOT NULL,
    source TEXT NOT NULL,
    seed INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('known', 'pending', 'running', 'measured',
                                         'infeasible', 'failed', 'out of domain')),
    attempts INTEGER NOT NULL,
    arrival INTEGER,                  -- in the order in which results came in, from 1
    value REAL,                       -- as it was measured
    train_seconds REAL,
    metrics TEXT,                     -- a JSON object
    reason TEXT,
    started REAL,
    ended REAL
) STRICT;
CREATE TABLE rounds (
    round INTEGER PRIMARY KEY,
    queries_before INTEGER NOT NULL,
    proposed INTEGER NOT NULL,
    repeats INTEGER NOT NULL,
    diagnostics TEXT NOT NULL         -- a JSON array of pairs
) STRICT;
CREATE TABLE checkpoint (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    round INTEGER NOT NULL,           -- the round that was asked
    idle INTEGER NOT NULL,
    seen INTEGER NOT NULL,            -- arrivals that the strategy was told
    seconds_in_strategy REAL NOT NULL,
    diagnostics TEXT NOT NULL,        -- of the round, as in `rounds`
    proposals TEXT NOT NULL,          -- of the round: a JSON array of [choices, source]
    strategy BLOB NOT NULL            -- its state after it was asked
) STRICT;

INSERT INTO migrations VALUES (1, '0.1.0', 1795652523.616);
INSERT INTO study VALUES (1, '0.1.0', 'nasbench201', '62c196ed9bcbdbaf8ac3ae4ee72dc8e1', 'local-search', 0, 14, 0,
    '{"strategy":"local-search","budget":14,"seed":0,"workers":3,"asynchronous":false}', 1795652523.628, NULL);
INSERT INTO trials (id, round, arch, choices, source, seed, state, attempts, arrival, value, train_seconds, started, ended) VALUES
    (-3, -1, '|nor_conv_3x3~0|+|nor_conv_1x1~0|nor_conv_1x1~1|+|nor_conv_3x3~0|avg_pool_3x3~1|skip_connect~2|', x'030202030401', 'known', 0, 'known', 0, NULL, 89.328, 2416.677, NULL, NULL),
    (-2, -1, '|none~0|+|skip_connect~0|nor_conv_1x1~1|+|nor_conv_1x1~0|none~1|nor_conv_1x1~2|', x'000102020002', 'known', 0, 'known', 0, NULL, 86.1946666667, 1738.461, NULL, NULL),
    (-1, -1, '|skip_connect~0|+|skip_connect~0|none~1|+|avg_pool_3x3~0|none~1|nor_conv_1x1~2|', x'010100040002', 'known', 0, 'known', 0, NULL, 85.656, 1157.311, NULL, NULL),
    (0, 0, '|nor_conv_1x1~0|+|skip_connect~0|skip_connect~1|+|avg_pool_3x3~0|none~1|none~2|', x'020101040000', 'random', 155986959, 'running', 1, NULL, NULL, NULL, 1795652523.68, NULL),
    (1, 0, '|nor_conv_1x1~0|+|none~0|none~1|+|avg_pool_3x3~0|nor_conv_3x3~1|skip_connect~2|', x'020000040301', 'random', 3975507595, 'measured', 1, 1, 87.6093333333, 1627.178, 1795652523.68, 1795652523.68),
    (2, 0, '|avg_pool_3x3~0|+|avg_pool_3x3~0|nor_conv_3x3~1|+|nor_conv_3x3~0|skip_connect~1|nor_conv_3x3~2|', x'040403030103', 'random', 395884188, 'running', 1, NULL, NULL, NULL, 1795652523.68, NULL),
    (3, 0, '|nor_conv_1x1~0|+|nor_conv_3x3~0|nor_conv_1x1~1|+|nor_conv_1x1~0|skip_connect~1|nor_conv_1x1~2|', x'020302020102', 'random', 973610173, 'pending', 0, NULL, NULL, NULL, NULL, NULL),
    (4, 0, '|none~0|+|nor_conv_1x1~0|nor_conv_3x3~1|+|avg_pool_3x3~0|none~1|nor_conv_3x3~2|', x'000203040003', 'random', 2008723693, 'pending', 0, NULL, NULL, NULL, NULL, NULL),
    (5, 0, '|nor_conv_1x1~0|+|skip_connect~0|nor_conv_1x1~1|+|skip_connect~0|avg_pool_3x3~1|nor_conv_1x1~2|', x'020102010402', 'random', 487490536, 'pending', 0, NULL, NULL, NULL, NULL, NULL),
    (6, 0, '|nor_conv_3x3~0|+|avg_pool_3x3~0|skip_connect~1|+|nor_conv_3x3~0|avg_pool_3x3~1|none~2|', x'030401030400', 'random', 3549873411, 'pending', 0, NULL, NULL, NULL, NULL, NULL);
INSERT INTO checkpoint VALUES (1, 0, 0, 0, 2.1442e-05, '[]',
    '[[[2,1,1,4,0,0],"random"],[[2,0,0,4,3,1],"random"],[[4,4,3,3,1,3],"random"],[[2,3,2,2,1,2],"random"],[[0,2,3,4,0,3],"random"],[[2,1,2,1,4,2],"random"],[[3,4,1,3,4,0],"random"]]',
    CAST('{"Starting":{"wanted":7,"best":[[3,2,2,3,4,1],89.328]}}' AS BLOB));
PRAGMA user_version = 1;
