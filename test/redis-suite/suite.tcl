# Starts Redis' own test suite (the current folder is its checkout) with one thing changed: before each block of tests it
# forgets all functions, which is an error on a server that has none and would end the whole file.
namespace eval ::redis {
    proc __method__function {id fd args} {}
}

# Read instead of sourced: the suite starts itself again as a client by the name of the running script, which is this one.
set helper [open tests/test_helper.tcl]
set suite [read $helper]
close $helper
eval $suite
