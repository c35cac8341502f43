package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/haochaping/haochaping/internal/audit"
	"github.com/haochaping/haochaping/internal/config"
	"github.com/haochaping/haochaping/internal/erasure"
)

type eraseCommand struct {
	config.Storage
	By     erasure.Kind `help:"按什么查找：certificate（证件号码）或 phone（电话）。" enum:"certificate,phone" required:""`
	File   string       `help:"写有号码的文件；缺省从标准输入读取一行。号码从不写在命令行参数中。" placeholder:"FILE"`
	Reason string       `help:"依据，记入审计日志，如本人申请的日期和编号；不要写个人信息。" required:""`
	Yes    bool         `help:"找到之后就删除，不能恢复；缺省只说找到多少。"`
}

// maxNumberFile is the most bytes of what holds a number.
const maxNumberFile = 1 << 10

// Run erases a person's data, as 个人信息删除 in the console does, or tells how much there is. The number is never an argument.
func (e *eraseCommand) Run(c *console) error {
	if err := errors.Join(e.Check(), presentDatabase(&e.Storage)); err != nil {
		return err
	}
	number, err := e.number()
	if err != nil {
		return err
	}
	h, err := open(c, &e.Storage, false)
	if err != nil {
		return err
	}
	defer h.close() //nolint:errcheck // everything is committed
	service := erasure.NewService(h.store, h.sealer, h.blinder, func() int { return 0 }, time.Now)
	id, err := service.Ask(c, audit.System, e.By, number, e.Reason)
	if err != nil {
		return named(err, map[string]string{"number": "号码", "reason": "--reason"})
	}
	found, err := worked(c, service, id, erasure.Searching)
	if err != nil {
		return err
	}
	if found.State == erasure.Aside { // by a server that lacks the key
		return errors.New("正在运行的程序读不出这个申请的号码，已把它搁置：请让各台机器的密钥文件一致（haochaping key status），申请会自动继续；也可以在管理后台放弃它")
	}
	c.printf("找到评价 %d 条（工单 %d 件）、办件 %d 件、未收办件 %d 行\n", found.Reviews, found.Cases, found.Affairs, found.Rejected)
	unread := notAllRead(c, found.Unread)
	if found.State != erasure.Found { // somebody decided in the console meanwhile
		return nil
	}
	if found.Reviews+found.Affairs+found.Rejected == 0 {
		c.printf("没有找到这个号码的个人信息，请核对号码\n")
		if err := service.Drop(c, id, found.Version); err != nil || !e.Yes {
			return err
		}
		return unread
	}
	if !e.Yes {
		c.printf("没有删除。确认无误后，加 --yes 再次运行\n")
		return service.Drop(c, id, found.Version)
	}
	if err := service.Confirm(c, id, found.Version); err != nil {
		return err
	}
	if _, err := worked(c, service, id, erasure.Erasing); err != nil {
		return err
	}
	what := "个人信息"
	if unread != nil {
		what = "找到的个人信息"
	}
	c.printf("已删除%s，统计数不变；此前的备份中仍有\n", what)
	return unread
}

// notAllRead says how many records an erasure could not read, and gives the error that the command ends with for it; nil when it read all.
func notAllRead(c *console, n int) error {
	if n == 0 {
		return nil
	}
	c.printf("另有 %d 条记录打不开，没有查过，里面可能还有本人的信息，不会删除\n", n)
	return fmt.Errorf("没有查完：%d 条记录打不开。请核对密钥文件（haochaping key status），补齐密钥后再运行一次", n)
}

func (e *eraseCommand) number() (string, error) {
	var from io.Reader = os.Stdin
	if e.File != "" {
		file, err := os.Open(e.File)
		if err != nil {
			return "", fmt.Errorf("read the number: %w", err)
		}
		defer file.Close() //nolint:errcheck // it was only read
		from = file
	}
	text, err := io.ReadAll(io.LimitReader(from, maxNumberFile))
	if err != nil {
		return "", fmt.Errorf("read the number: %w", err)
	}
	return string(text), nil
}

// worked works until a request is in another state. Servers may work on it, too.
func worked(ctx context.Context, service *erasure.Service, id string, state erasure.State) (erasure.Request, error) {
	for {
		r, err := service.Get(ctx, id)
		if err != nil || r.State != state {
			return r, err
		}
		going, err := service.Step(ctx)
		if err != nil {
			return r, err
		}
		if going {
			continue
		}
		select { // for a server that searches what this process can't read
		case <-ctx.Done():
			return r, ctx.Err()
		case <-time.After(time.Second):
		}
	}
}
