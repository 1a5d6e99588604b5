"""Who was sold something and never began to use it: from log-ins that a platform asks about, and from check-outs."""
