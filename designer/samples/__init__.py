"""Sample datasets and sample pipelines, so that an empty installation has something to run.

`datasets.py` makes the tables; it runs only inside a job, never in the web process. `pipelines/` holds documents.
"""
