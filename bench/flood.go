package main

import (
	"context"
	"errors"
	"net"
	"slices"
	"sync"
	"time"
)

// surgeLoad is a load on schedule, whatever the answers.
type surgeLoad struct {
	load
	perSecond float64
}

// surge is what became of one.
type surge struct {
	stored, refused         float64 // a second
	storedHigh, refusedHigh time.Duration
	all                     int           // stored, with those of the warming up
	busy                    time.Duration // of processors, from the first to the last
	broken                  int           // connections that ended without an answer, and were made again
}

// cost is how long processors ran for each that was stored, in seconds.
func (s surge) cost() float64 { return s.busy.Seconds() / float64(max(s.all, 1)) }

// flood sends on schedule. A caller whose last request has no answer when the next is due sends no other on top: it is passed
// over, as a pool of connections does that is used up.
func flood(ctx context.Context, address string, l surgeLoad) (surge, error) {
	start := time.Now()
	begin, end := start.Add(l.warm), start.Add(l.warm+l.measured)
	ctx, cancel := context.WithDeadline(ctx, end.Add(patience))
	defer cancel()
	keepSigned(ctx, l.requests, start)
	callers := make([]flooder, l.callers)
	between := time.Duration(float64(l.callers) / l.perSecond * float64(time.Second))
	var all sync.WaitGroup
	for i := range callers {
		due := start.Add(between * time.Duration(i) / time.Duration(l.callers))
		all.Go(func() { callers[i].err = callers[i].run(ctx, address, l.requests, due, between, begin, end) })
	}
	all.Wait()
	var s surge
	var stored, refused []time.Duration
	for i := range callers {
		if callers[i].err != nil {
			return surge{}, callers[i].err // one tells
		}
		stored, refused = append(stored, callers[i].stored...), append(refused, callers[i].refused...)
		s.broken += callers[i].broken
		s.all += callers[i].all
	}
	slices.Sort(stored)
	slices.Sort(refused)
	s.stored, s.refused = float64(len(stored))/l.measured.Seconds(), float64(len(refused))/l.measured.Seconds()
	s.storedHigh, s.refusedHigh = quantile(stored, 0.99), quantile(refused, 0.99)
	return s, nil
}

// flooder is one caller of a flood.
type flooder struct {
	stored, refused []time.Duration // how long answers took
	all, broken     int
	err             error
}

// run sends one request every so often, the first when it is due.
func (f *flooder) run(ctx context.Context, address string, requests source, due time.Time, between time.Duration, begin, end time.Time) error {
	var connection net.Conn
	defer func() {
		if connection != nil {
			_ = connection.Close()
		}
	}()
	request, answer := make([]byte, 0, 4096), make([]byte, maxAnswer)
	for ; due.Before(end); due = due.Add(between) {
		if late := time.Since(due); late > between {
			due = due.Add(late.Truncate(between))
		}
		time.Sleep(time.Until(due))
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if connection == nil {
			var err error
			if connection, err = new(net.Dialer).DialContext(ctx, "tcp", address); err != nil {
				return err
			}
			deadline, _ := ctx.Deadline()
			if err := connection.SetDeadline(deadline); err != nil {
				return err
			}
		}
		request = requests.appendNext(request[:0])
		sent := time.Now()
		_, err := connection.Write(request)
		if err == nil {
			err = readAnswer(connection, answer)
		}
		now := time.Now()
		if err == nil {
			f.all++
		}
		counts := !now.Before(begin) && now.Before(end)
		switch {
		case err == nil && counts:
			f.stored = append(f.stored, now.Sub(sent))
		case errors.Is(err, errAgain) && counts:
			f.refused = append(f.refused, now.Sub(sent))
		case err != nil && !errors.Is(err, errAgain):
			var network net.Error
			if errors.As(err, &network) && network.Timeout() || errors.Is(err, errOther) {
				return err
			}
			f.broken++
			_ = connection.Close()
			connection = nil
		}
	}
	return nil
}
