package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"time"
)

// driveWord as the first argument makes this program callers who submit reviews as fast as they are answered: in a process of its
// own, so that whoever measures something else meanwhile has not to wait for them. It reads its orders from standard input and
// writes what it did.
const driveWord = "drive"

// orders are what a driver is told.
type orders struct {
	Address, PaasID, Secret string
	Callers                 int
	Lasting                 time.Duration
}

// driver is such a process, ready to begin.
type driver struct {
	command *exec.Cmd
	input   *json.Encoder
	output  *bufio.Reader
}

// startDriver starts one, which ends with ctx.
func startDriver(ctx context.Context, o orders) (*driver, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	d := &driver{command: exec.CommandContext(ctx, program, driveWord)} //nolint:gosec // ourselves
	d.command.Stderr = os.Stderr
	input, err := d.command.StdinPipe()
	if err != nil {
		return nil, err
	}
	output, err := d.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := d.command.Start(); err != nil {
		return nil, err
	}
	d.input, d.output = json.NewEncoder(input), bufio.NewReader(output)
	if err := d.input.Encode(o); err != nil { //nolint:gosec // the secret of an app that was made for this, to ourselves
		return nil, err
	}
	_, err = d.output.ReadString('\n') // it is ready
	return d, err
}

// run lets it drive, and gives how many reviews were taken in a second.
func (d *driver) run() (perSecond float64, err error) {
	if err := d.input.Encode(nil); err != nil {
		return 0, err
	}
	if err := json.NewDecoder(d.output).Decode(&perSecond); err != nil {
		return 0, fmt.Errorf("drive: %w", err)
	}
	return perSecond, d.command.Wait()
}

// beDriver is the other side.
func beDriver(ctx context.Context) error {
	told := json.NewDecoder(os.Stdin)
	var o orders
	if err := told.Decode(&o); err != nil {
		return err
	}
	requests, err := prepareReviews(o.PaasID, o.Secret)
	if err != nil {
		return err
	}
	fmt.Println("ready")
	if err := told.Decode(new(any)); err != nil {
		return err
	}
	r, err := drive(ctx, o.Address, load{callers: o.Callers, requests: requests, measured: o.Lasting})
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(r.perSecond)
}
