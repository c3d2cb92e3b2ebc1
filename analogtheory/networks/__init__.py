"""Small networks whose layers are the algorithms over tiles, and the images they learn.

Submodules
----------
perceptron
    :class:`Perceptron`: layers, activation, softmax cross-entropy; batched over problems.
digital
    :class:`DigitalSGD`: a layer in floating point, the baseline on the same code path.
classification
    :func:`train`: epochs of shuffled mini-batches, records of loss and accuracy.
activations, initial
    What a network is made of.
data, idx
    The digits of scikit-learn; the files of MNIST, where the user has them.
"""

from analogtheory.networks.classification import train
from analogtheory.networks.data import Images, digits, mnist
from analogtheory.networks.digital import DigitalSGD
from analogtheory.networks.initial import initial_weights
from analogtheory.networks.perceptron import Perceptron

__all__ = [
    "DigitalSGD",
    "Images",
    "Perceptron",
    "digits",
    "initial_weights",
    "mnist",
    "train",
]
