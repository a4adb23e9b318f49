#!/bin/sh
echo ours
