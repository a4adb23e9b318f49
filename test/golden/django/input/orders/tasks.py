from celery import shared_task


@shared_task
def remind() -> None:
    """Mails those who have not paid yet."""
