"""The people at the desk: accounts, sign-ins and the audit trail."""
