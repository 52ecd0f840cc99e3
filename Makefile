# Thin aliases; python3 manage.py and .ci/run are the real commands.
.PHONY: start test check

start:
	python3 manage.py start

test:
	python3 manage.py test

check:
	.ci/run
