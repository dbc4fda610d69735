# Thin: every target is a line of tools/parlab.py, which runs on a bare Python >= 3.11.
PYTHON ?= python3
PARLAB = $(PYTHON) tools/parlab.py

.PHONY: lab setup free-threaded run book check test bench soak record release grade walls guesses formgrader clean lines cells lock
lab: ; $(PARLAB) lab $(LAB_ARGS)
setup: ; $(PARLAB) setup
free-threaded: ; $(PARLAB) free-threaded $(VERSION)
run: ; $(PARLAB) run $(LESSON)
book: ; $(PARLAB) book $(if $(SERVE),--serve)
check: ; $(PARLAB) check
test: ; $(PARLAB) test $(PYTEST_ARGS)
bench: ; $(PARLAB) bench $(ONLY)
soak: ; $(PARLAB) soak $(ONLY)
record: ; $(PARLAB) record $(LESSON)
release: ; $(PARLAB) release $(if $(STUDENTS),--students "$(STUDENTS)")
grade: ; $(if $(UNPROTECTED),PARLAB_GRADE_UNPROTECTED=$(UNPROTECTED) )$(PARLAB) grade $(if $(SUBMISSIONS),"$(SUBMISSIONS)") \
	$(if $(LMS),--lms $(LMS)) $(if $(EXCEL),--excel) $(if $(DUE),--due "$(DUE)")
# Prints what a graded program is made of, and what it may do.
walls: ; $(PARLAB) walls
# One chart of the guesses that a class handed in (files guesses-*.json, anywhere below FOLDER).
guesses: ; $(PARLAB) guesses "$(FOLDER)"
formgrader: ; $(PARLAB) formgrader $(LAB_ARGS)
clean: ; $(PARLAB) clean
# Prints the lines of main code of each jar, or of each file of one (JAR=processes), and the files that are too long.
lines: ; $(PYTHON) tools/lines.py $(JAR)
# Prints how the lessons' code reads: its lines, and what their cells must not hold.
cells: ; $(PYTHON) tools/cells.py
# Writes requirements.txt anew from requirements.in, for every platform at once; and the book's.
LOCK = uv pip compile --universal --python-version 3.11 --no-header --no-annotate
lock: ; $(LOCK) requirements.in -o requirements.txt && $(LOCK) docs/requirements.in -o docs/requirements.txt
