package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"time"
)

const bareTable = "CREATE TABLE bare (n bigint NOT NULL, words text NOT NULL)"

// bareScript is one row, one commit, no index.
const bareScript = "INSERT INTO bare (n, words) VALUES (:client_id, 'a bare row, not a review');\n"

// pgbench is PostgreSQL's own load generator inserting bare rows, each in a transaction of its own, in pgbench's own way: a
// simple query each. With prepared statements (-M prepared) it is about a seventh faster.
type pgbench struct {
	program, script string
	address         string
}

func newPgbench(ctx context.Context, t *host) (*pgbench, error) {
	b := &pgbench{script: filepath.Join(t.folder, "bare.sql"), address: t.database(postgres)}
	db, err := openSide(b.address)
	if err != nil {
		return nil, err
	}
	defer db.Close() //nolint:errcheck // the statement's own error tells
	if _, err := db.ExecContext(ctx, bareTable); err != nil {
		return nil, err
	}
	if b.program, err = findPgbench(); err != nil {
		return nil, err
	}
	return b, os.WriteFile(b.script, []byte(bareScript), 0o600)
}

func findPgbench() (string, error) {
	if program, err := exec.LookPath("pgbench"); err == nil {
		return program, nil
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/pgbench") // the pattern is well formed
	if len(found) == 0 {
		return "", errors.New("pgbench is not installed (Debian: apt-get install postgresql)")
	}
	return found[len(found)-1], nil
}

var (
	pgbenchRate    = regexp.MustCompile(`tps = ([0-9.]+) \(without`)
	pgbenchLatency = regexp.MustCompile(`latency average = ([0-9.]+) ms`)
)

// measure runs so many clients for so long. pgbench tells its mean latency, not the median.
func (b *pgbench) measure(ctx context.Context, clients int, measured time.Duration) (reading, error) {
	address, err := url.Parse(b.address)
	if err != nil {
		return reading{}, err
	}
	until := []string{"-T", strconv.Itoa(int(measured.Round(time.Second).Seconds()))}
	if measured < time.Second { // to connect may take a machine that does much else a second
		until = []string{"-t", "1"}
	}
	command := exec.CommandContext(ctx, b.program, append(until, "-n", "-f", b.script, //nolint:gosec // our own arguments
		"-c", strconv.Itoa(clients), "-j", "2", "-h", address.Hostname(), "-p", address.Port(),
		"-U", address.User.Username(), address.Path[1:])...)
	out, err := command.CombinedOutput()
	if err != nil {
		return reading{}, fmt.Errorf("pgbench: %w\n%s", err, out)
	}
	rate, latency := pgbenchRate.FindSubmatch(out), pgbenchLatency.FindSubmatch(out)
	if rate == nil || latency == nil {
		return reading{}, fmt.Errorf("pgbench said something else:\n%s", out)
	}
	perSecond, err := strconv.ParseFloat(string(rate[1]), 64)
	if err != nil {
		return reading{}, err
	}
	mean, err := strconv.ParseFloat(string(latency[1]), 64)
	return reading{perSecond: perSecond, median: time.Duration(mean * float64(time.Millisecond)), note: "median: the mean"}, err
}
