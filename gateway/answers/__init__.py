"""What the gateway answers: one type an answer, which the OpenAPI document describes."""
