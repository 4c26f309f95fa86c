"""The weighted loss of next tokens, and its gradient, without ever holding all logits.

Source of the idea: computing the gradient of the output layer in the forward pass, a block of
tokens at a time (Liger Kernel, arXiv 2410.10989). Tokens of weight 0 are left out altogether.
Invariant: equal to cross entropy over the whole, up to rounding.
"""

from typing import Any

from byline.models.extra import load

BLOCK = 512  # tokens whose logits are held at once; 256 to 512 was fastest on a processor


def backpropagate(hidden: Any, output: Any, *, labels: Any, weights: Any) -> Any:
    """Add the gradient of the loss to every weight behind `hidden` and `output`; return the loss.

    The loss is the mean over tokens of weight times negative log-likelihood, in nats.

    Args:
        hidden: Last hidden states, `[tokens, hidden]`, part of a graph.
        output: Weight of the output layer, `[vocabulary, hidden]`, a leaf.
        labels: Next tokens, `[tokens]`.
        weights: Weight of each next token, `[tokens]`; the mean divides by their sum.
    """
    with load("torch").no_grad():
        loss, of_hidden, of_output = blockwise(hidden.detach(), output, labels, weights)
    hidden.backward(of_hidden)
    output.grad = of_output if output.grad is None else output.grad.add_(of_output)
    return loss


def blockwise(hidden: Any, output: Any, labels: Any, weights: Any) -> tuple[Any, Any, Any]:
    """The loss and its gradients by `hidden` and by `output`, as in `backpropagate`."""
    torch = load("torch")
    narrow = hidden.dtype
    matrix = output.to(narrow)
    total = weights.sum().clamp_min(torch.finfo(torch.float32).tiny)
    loss = torch.zeros((), dtype=torch.float32, device=hidden.device)
    of_hidden = torch.empty_like(hidden)
    of_output = torch.zeros(output.shape, dtype=torch.float32, device=output.device)
    for start in range(0, hidden.shape[0], BLOCK):
        here = slice(start, start + BLOCK)
        states, wanted, share = hidden[here], labels[here, None], weights[here, None] / total
        logits = (states @ matrix.T).float()
        norm = torch.logsumexp(logits, -1, keepdim=True)
        loss += ((norm - logits.gather(1, wanted)) * share).sum()
        pull = torch.exp_(logits.sub_(norm))
        pull[torch.arange(len(pull), device=pull.device), wanted[:, 0]] -= 1
        pull = pull.mul_(share).to(narrow)
        of_hidden[here] = pull @ matrix
        of_output += (pull.T @ states).float()
    return loss, of_hidden, of_output.to(output.dtype)
