"""Answers each message of a sensor with the state that follows from it."""

import logging
import os
import sys

import paho.mqtt.client as mqtt


def on_connect(client: mqtt.Client, _data, _flags, reason, _properties) -> None:
    logging.info("connected: %s", reason)
    client.subscribe("sensors/#", qos=1)


def on_message(client: mqtt.Client, _data, message: mqtt.MQTTMessage) -> None:
    text = message.payload.decode()
    logging.info("%s: %s", message.topic, text)
    client.publish(message.topic.replace("sensors/", "state/", 1), text.upper(), qos=1, retain=True)


def main() -> None:
    logging.basicConfig(level=logging.INFO, stream=sys.stdout, format="%(message)s")
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
    client.username_pw_set(os.environ["MQTT_USERNAME"], os.environ["MQTT_PASSWORD"])
    client.tls_set(ca_certs=os.environ["MQTT_CA_FILE"])
    client.on_connect = on_connect
    client.on_message = on_message
    client.connect(os.environ["MQTT_HOST"], int(os.environ["MQTT_PORT"]))
    client.loop_forever()


if __name__ == "__main__":
    main()
