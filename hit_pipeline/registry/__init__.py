"""The memory of identity: durable keys, decisions, claims and statements, in a SQL database."""
