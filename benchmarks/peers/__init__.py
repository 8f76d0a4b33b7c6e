"""The scripts that run our workloads in the peers; each is run by the interpreter of its peer, beside the files here."""
