"""Calibration of confidences on labelled receipts."""
