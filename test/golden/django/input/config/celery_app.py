import os

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.production")

app = Celery("shop")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.beat_schedule = {
    "reminders": {"task": "orders.tasks.remind", "schedule": crontab(hour=7, minute=30)},
}
app.autodiscover_tasks()
