"""What botocore raises and AWS refuses, in our words."""
