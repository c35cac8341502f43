package main

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// memory is what a process holds in memory now, and the most it held, in bytes.
func memory(pid int) (now, most int64, err error) {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status"))
	if err != nil {
		return 0, 0, err
	}
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) < 2 {
			continue
		}
		kilobytes, _ := strconv.ParseInt(fields[1], 10, 64) // other lines are no numbers
		switch fields[0] {
		case "VmRSS:":
			now = kilobytes << 10
		case "VmHWM:":
			most = kilobytes << 10
		}
	}
	return now, most, nil
}

// tick is the unit of times in /proc.
const tick = 10 * time.Millisecond

// processorTime is how long a process has run on processors; 0 when it is gone.
func processorTime(pid int) time.Duration {
	text, _ := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	_, rest, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * tick
}

// parent is a process's parent; 0 when it is gone.
func parent(pid int) int {
	text, _ := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	_, rest, _ := strings.Cut(string(text), ") ")
	if fields := strings.Fields(rest); len(fields) > 1 {
		number, _ := strconv.Atoi(fields[1])
		return number
	}
	return 0
}

// postmaster is the process whose children serve a PostgreSQL database; 0 for an embedded one.
func postmaster(ctx context.Context, address string) (int, error) {
	if !strings.HasPrefix(address, "postgres") {
		return 0, nil
	}
	db, err := openSide(address)
	if err != nil {
		return 0, err
	}
	defer db.Close() //nolint:errcheck // only asked
	var backend int
	err = db.QueryRowContext(ctx, "SELECT pg_backend_pid()").Scan(&backend)
	return parent(backend), err
}

// familyTimes is how long each of a process's children has run on processors; of none for no process.
func familyTimes(pid int) map[int]time.Duration {
	times := map[int]time.Duration{}
	if pid == 0 {
		return times
	}
	children, _ := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "task", strconv.Itoa(pid), "children"))
	for _, child := range strings.Fields(string(children)) {
		number, _ := strconv.Atoi(child)
		times[number] = processorTime(number)
	}
	return times
}
