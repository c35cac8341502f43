package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/config"
	"github.com/haochaping/haochaping/internal/keyring"
	"github.com/haochaping/haochaping/internal/privacy"
)

type keyCommands struct {
	New    keyNewCommand    `cmd:"" help:"生成密钥文件（权限 0600，从不覆盖已有文件）。"`
	Status keyStatusCommand `cmd:"" help:"看有哪些密钥、各节点在用哪一个、各用它加密了多少内容。"`
	Rotate keyRotateCommand `cmd:"" help:"轮换密钥：加入新密钥，所有节点都有了以后启用；旧内容由运行中的服务在后台重新加密。"`
	Retire keyRetireCommand `cmd:"" help:"停用旧密钥并移出密钥文件；还有内容用它加密时拒绝。"`
}

type keyNewCommand struct {
	File string `arg:"" help:"要生成的文件。"`
}

// Run makes the key file.
func (k *keyNewCommand) Run(c *console) error {
	err := privacy.CreateKeyFile(k.File)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("文件 %s 已经存在，未改动", k.File)
	}
	if err != nil {
		return err
	}
	c.printf("已生成 %s。请与数据库分开备份：没有它，库中的个人信息无法解密。\n", k.File)
	return nil
}

func (h *house) operator() *keyring.Operator {
	return keyring.NewOperator(h.store, keyFileOf(h.storage), time.Now)
}

// keepKeys has a command that seals for minutes follow a rotation, until the function it gives is called.
func (h *house) keepKeys(c *console) (stop func()) {
	ctx, cancel := context.WithCancel(c)
	var wg sync.WaitGroup
	wg.Go(func() { h.ring.KeepFresh(ctx, slog.New(slog.NewTextHandler(c.err, nil))) })
	return func() {
		cancel()
		wg.Wait()
	}
}

func keyFileOf(storage *config.Storage) string {
	if storage.Embedded() {
		return storage.EmbeddedKeyFile()
	}
	return storage.KeyFile
}

type keyStatusCommand struct {
	config.Storage
	Count bool `help:"清点每个密钥加密的内容（会读全部记录，大库需要几分钟）。" default:"true" negatable:""`
}

var keyStates = map[keyring.State]string{
	keyring.Added: "已加入，尚未启用", keyring.Active: "正在使用", keyring.Former: "只解密", keyring.Retired: "已停用",
}

// Run says which keys there are and what each has sealed.
func (k *keyStatusCommand) Run(c *console) (err error) {
	h, err := openPresent(c, &k.Storage, k.Embedded())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	keys, err := h.store.SealingKeys(c)
	if err != nil {
		return err
	}
	var counts []keyring.Count
	if k.Count {
		if counts, err = h.store.SealedWith(c); err != nil {
			return err
		}
	}
	for i := range keys {
		key := &keys[i]
		c.printf("%d 号密钥  %s  自 %s  指纹 %s\n", key.ID, keyStates[key.State], beijing.FormatSecond(key.At), key.Fingerprint)
		total := int64(0)
		for _, count := range counts {
			if count.Key == key.ID {
				total += count.Values
				c.printf("    %-24s %d\n", count.Column, count.Values)
			}
		}
		switch {
		case !k.Count:
		case total > 0 && key.State == keyring.Retired:
			c.printf("    共 %d 条：这个密钥已停用，请把停用时另存的密钥文件放回来\n", total)
		case total == 0 && key.State == keyring.Former:
			c.printf("    没有内容用它加密，可以停用：haochaping key retire %d\n", key.ID)
		default:
			c.printf("    共 %d 条\n", total)
		}
	}
	return h.printNodes(c)
}

func (h *house) printNodes(c *console) error {
	progress, err := h.store.ResealProgress(c)
	if err != nil {
		return err
	}
	if progress.Going {
		c.printf("正在重新加密：第 %d 步，共 %d 步，本轮已重新加密 %d 条，打不开 %d 条，自 %s\n",
			min(progress.Stage+1, progress.Stages), progress.Stages, progress.Sealed, progress.Failed, beijing.FormatSecond(progress.Begun))
	}
	nodes, err := h.store.SealingNodes(c)
	if err != nil {
		return err
	}
	for i := range nodes {
		n := &nodes[i]
		if n.Name == h.node {
			continue
		}
		ids := make([]string, len(n.Known))
		for i, id := range n.Known {
			ids[i] = fmt.Sprint(id)
		}
		c.printf("节点 %s：有密钥 %s，用 %d 号加密\n", n.Name, strings.Join(ids, "、"), n.Active)
	}
	return nil
}

type keyRotateCommand struct {
	config.Storage
	Wait time.Duration `help:"新密钥加入后，最多等多久让所有节点读到它。" default:"90s"`
}

// rotatePoll is how often it is asked whether every node knows the new key.
const rotatePoll = time.Second

// Run adds a key and makes it the one that seals, once every node knows it. Given again it goes on where it was.
func (k *keyRotateCommand) Run(c *console) (err error) {
	h, err := openPresent(c, &k.Storage, k.Embedded())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	operator := h.operator()
	id, added, err := operator.Add(c)
	if err != nil {
		return err
	}
	if added {
		c.printf("第一步：%d 号密钥已加入 %s。请马上备份这个文件，并复制到其他各节点；服务会自己重新读取。\n", id, keyFileOf(h.storage))
	} else {
		c.printf("第一步已经做过：%d 号密钥已加入，尚未启用。\n", id)
	}
	lacking, err := k.await(c, operator, h.node, id)
	if err != nil {
		return err
	}
	if len(lacking) > 0 {
		return fmt.Errorf("%d 号密钥尚未启用：这些节点还没有它：%s。请把 %s 复制到这些节点，然后再运行一次 key rotate；已经停止的节点一分钟后不再计入", id, strings.Join(lacking, "、"), keyFileOf(h.storage))
	}
	if err := h.store.LeaveNode(c, h.node); err != nil {
		return err
	}
	if err := operator.Activate(c, id); err != nil {
		return err
	}
	c.printf("第二步：%d 号密钥已启用，各节点几秒内改用它。旧内容由运行中的服务在后台重新加密，期间一切照常可读；进度：haochaping key status\n", id)
	return nil
}

// await waits for all nodes but this process to know a key; what it gives are those that don't.
func (k *keyRotateCommand) await(c *console, operator *keyring.Operator, own string, id byte) (lacking []string, err error) {
	until := time.Now().Add(k.Wait)
	for {
		lacking, err = operator.Lacking(c, id)
		lacking = slices.DeleteFunc(lacking, func(name string) bool { return name == own })
		if err != nil || len(lacking) == 0 || time.Now().After(until) {
			return lacking, err
		}
		select {
		case <-c.Done():
			return lacking, nil
		case <-time.After(rotatePoll):
		}
	}
}

type keyRetireCommand struct {
	config.Storage
	Key byte `arg:"" help:"要停用的密钥的编号。"`
}

// Run takes a former key out of use.
func (k *keyRetireCommand) Run(c *console) (err error) {
	h, err := openPresent(c, &k.Storage, k.Embedded())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	kept, err := h.operator().Retire(c, k.Key)
	if err != nil {
		return err
	}
	c.printf("%d 号密钥已停用，没有内容用它加密。\n", k.Key)
	if kept != "" {
		c.printf("密钥文件 %s 中已没有它，请复制到其他各节点。原来的文件另存为 %s：停用以前的数据库备份仍要靠它解密，请离线保管，那些备份都销毁后再销毁它。\n", keyFileOf(h.storage), kept)
	}
	return nil
}
