-- Tables of the runtime database, as version 0.3.16 has them.
CREATE TABLE IF NOT EXISTS sessions (
    id TEXT PRIMARY KEY,
    type TEXT,
    name TEXT,
    department TEXT,
    status TEXT,
    task_input TEXT,
    transcript TEXT,
    start_time DATETIME,
    end_time DATETIME
);
CREATE TABLE IF NOT EXISTS issues (
    id TEXT PRIMARY KEY,
    session_id TEXT,
    build_id TEXT,
    seat TEXT,
    summary TEXT,
    type TEXT,
    priority TEXT,
    sprint TEXT,
    status TEXT DEFAULT 'ready',
    assignee TEXT,
    note TEXT,
    resolution TEXT,
    credits_spent REAL DEFAULT 0,
    retry_count INTEGER DEFAULT 0,
    max_retries INTEGER DEFAULT 3,
    verification_json TEXT,
    metrics_json TEXT,
    depends_on_json TEXT,
    created_at DATETIME
);
CREATE TABLE IF NOT EXISTS comments (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    issue_id TEXT,
    author TEXT,
    content TEXT,
    created_at DATETIME,
    FOREIGN KEY (issue_id) REFERENCES issues (id)
);
CREATE TABLE IF NOT EXISTS card_transactions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    card_id TEXT,
    role TEXT,
    action TEXT,
    timestamp DATETIME DEFAULT CURRENT_TIMESTAMP
);
CREATE TABLE IF NOT EXISTS run_ledger (
    session_id TEXT PRIMARY KEY,
    run_type TEXT,
    run_name TEXT,
    department TEXT,
    build_id TEXT,
    status TEXT,
    failure_class TEXT,
    failure_reason TEXT,
    summary_json TEXT,
    artifact_json TEXT,
    started_at DATETIME,
    ended_at DATETIME,
    updated_at DATETIME
);
CREATE TABLE IF NOT EXISTS session_snapshots (
    session_id TEXT PRIMARY KEY,
    config_json TEXT,
    log_history TEXT,
    captured_at DATETIME
);
CREATE TABLE IF NOT EXISTS success_ledger (
    session_id TEXT PRIMARY KEY,
    success_type TEXT,
    artifact_ref TEXT,
    human_ack TEXT,
    timestamp DATETIME DEFAULT CURRENT_TIMESTAMP
);
