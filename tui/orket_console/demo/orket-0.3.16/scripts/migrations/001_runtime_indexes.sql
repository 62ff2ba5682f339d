-- Indexes for the queries that the runtime makes.
CREATE INDEX IF NOT EXISTS idx_issues_build_status ON issues (build_id, status);
CREATE INDEX IF NOT EXISTS idx_issues_session_id ON issues (session_id);
CREATE INDEX IF NOT EXISTS idx_comments_issue_id ON comments (issue_id);
CREATE INDEX IF NOT EXISTS idx_card_transactions_card_id ON card_transactions (card_id);
