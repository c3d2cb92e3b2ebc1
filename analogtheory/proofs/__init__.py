"""The claims: one file each or a tight family, with source, hypotheses, evidence and twins."""
